"use strict";exports.id=87,exports.ids=[87],exports.modules={87:((P,E,_)=>{_.d(E,{fromEnv:()=>s.sF});var s=_(583),D=_(157),O=_(733),M=_(370)})};
