"use strict";exports.id=508,exports.ids=[508],exports.modules={508:((D,E,_)=>{_.d(E,{fromEnv:()=>s.sF});var s=_(189),M=_(158),O=_(25),P=_(370)})};
