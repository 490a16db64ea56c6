"use strict";exports.id=909,exports.ids=[909],exports.modules={...require("./shared-589.index.js").modules,...require("./shared-290.index.js").modules};
