"use strict";exports.id=428,exports.ids=[428,47],exports.modules={...require("./shared-301.index.js").modules,...require("./shared-557.index.js").modules,...require("./shared-428.index.js").modules};
