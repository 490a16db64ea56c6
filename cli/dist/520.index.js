"use strict";exports.id=520,exports.ids=[520],exports.modules={520:((P,E,_)=>{_.d(E,{fromEnv:()=>s.sF});var s=_(970),D=_(791),O=_(145),M=_(370)})};
