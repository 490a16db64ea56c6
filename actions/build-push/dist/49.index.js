"use strict";exports.id=49,exports.ids=[49],exports.modules={...require("./shared-505.index.js").modules,...require("./shared-49.index.js").modules};
