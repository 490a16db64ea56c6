"use strict";exports.id=292,exports.ids=[292],exports.modules={292:((O,s,_)=>{_.d(s,{fromEnv:()=>E.sF});var E=_(944),M=_(744),P=_(814)})};
