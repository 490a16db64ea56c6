"use strict";exports.id=333,exports.ids=[333],exports.modules={6333:((e,_,s)=>{s.d(_,{fromEnv:()=>d.s141});var d=s(2160)})};
