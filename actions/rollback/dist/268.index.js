"use strict";exports.id=268,exports.ids=[268],exports.modules={268:((O,s,_)=>{_.d(s,{fromEnv:()=>E.sF});var E=_(445),P=_(430),d=_(856)})};
