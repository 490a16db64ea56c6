"use strict";exports.id=439,exports.ids=[439,820],exports.modules={...require("./shared-65.index.js").modules,...require("./shared-169.index.js").modules,...require("./shared-439.index.js").modules};
