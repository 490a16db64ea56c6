"use strict";exports.id=72,exports.ids=[72],exports.modules={72:((e,_,s)=>{s.d(_,{fromEnv:()=>d.s170});var d=s(259)})};
