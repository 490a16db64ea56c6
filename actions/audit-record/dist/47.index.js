"use strict";exports.id=47,exports.ids=[47],exports.modules={...require("./shared-557.index.js").modules,...require("./shared-428.index.js").modules};
