"use strict";exports.id=282,exports.ids=[282],exports.modules={282:((O,s,_)=>{_.d(s,{fromEnv:()=>E.sF});var E=_(864),d=_(825),o=_(460)})};
