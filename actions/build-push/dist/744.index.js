"use strict";exports.id=744,exports.ids=[744],exports.modules={744:((M,E,_)=>{_.d(E,{fromEnv:()=>s.sF});var s=_(39),D=_(777),O=_(164),P=_(93)})};
