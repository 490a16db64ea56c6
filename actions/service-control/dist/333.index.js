"use strict";exports.id=333,exports.ids=[333],exports.modules={333:((e,_,s)=>{s.d(_,{fromEnv:()=>d.s93});var d=s(84)})};
