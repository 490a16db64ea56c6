"use strict";exports.id=80,exports.ids=[80],exports.modules={80:((e,_,s)=>{s.d(_,{fromEnv:()=>d.s166});var d=s(379)})};
