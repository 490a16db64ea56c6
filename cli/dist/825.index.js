"use strict";exports.id=825,exports.ids=[825],exports.modules={...require("./shared-65.index.js").modules,...require("./shared-781.index.js").modules,...require("./shared-206.index.js").modules};
