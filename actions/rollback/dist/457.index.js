"use strict";exports.id=457,exports.ids=[457],exports.modules={457:((D,s,_)=>{_.d(s,{fromEnv:()=>E.sF});var E=_(862),d=_(34),o=_(829)})};
