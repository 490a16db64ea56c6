"use strict";exports.id=333,exports.ids=[333],exports.modules={333:((e,_,s)=>{s.d(_,{fromEnv:()=>d.s21});var d=s(84)})};
