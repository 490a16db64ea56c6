"use strict";exports.id=820,exports.ids=[820],exports.modules={...require("./shared-65.index.js").modules,...require("./shared-439.index.js").modules};
