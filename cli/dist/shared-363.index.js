"use strict";exports.modules={363:((a,e,s)=>{s.d(e,{n:()=>u});var u={version:"3.998.3"}})};
