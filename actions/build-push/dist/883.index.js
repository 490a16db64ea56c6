"use strict";exports.id=883,exports.ids=[883],exports.modules={883:((O,s,_)=>{_.d(s,{fromEnv:()=>E.sF});var E=_(748),P=_(508),d=_(145)})};
