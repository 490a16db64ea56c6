"use strict";exports.id=126,exports.ids=[126],exports.modules={126:((M,E,_)=>{_.d(E,{fromEnv:()=>s.sF});var s=_(926),D=_(987),O=_(612),P=_(370)})};
