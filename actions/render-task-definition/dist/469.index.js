"use strict";exports.id=469,exports.ids=[469],exports.modules={...require("./shared-336.index.js").modules,...require("./shared-850.index.js").modules};
