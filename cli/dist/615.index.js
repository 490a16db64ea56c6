"use strict";exports.id=615,exports.ids=[615],exports.modules={...require("./shared-779.index.js").modules,...require("./shared-996.index.js").modules};
