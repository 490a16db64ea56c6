"use strict";exports.id=734,exports.ids=[734],exports.modules={...require("./shared-779.index.js").modules,...require("./shared-821.index.js").modules,...require("./shared-353.index.js").modules};
