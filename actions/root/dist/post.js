process.env.TOOLKIT_STEP = "post";
require("./index.js");
