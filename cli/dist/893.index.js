"use strict";exports.id=893,exports.ids=[893],exports.modules={893:((D,E,_)=>{_.d(E,{fromEnv:()=>s.sF});var s=_(836),M=_(275),P=_(769),O=_(93)})};
