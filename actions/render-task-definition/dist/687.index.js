"use strict";exports.id=687,exports.ids=[687],exports.modules={687:((O,s,_)=>{_.d(s,{fromEnv:()=>E.sF});var E=_(587),D=_(63),M=_(5)})};
