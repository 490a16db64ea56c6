"use strict";exports.id=430,exports.ids=[430,49],exports.modules={...require("./shared-505.index.js").modules,...require("./shared-617.index.js").modules,...require("./shared-49.index.js").modules};
