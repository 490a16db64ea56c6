"use strict";exports.modules={873:((t,e,s)=>{s.d(e,{m:()=>r,n:()=>n});var n={version:"3.998.3"},r=class{async sign(i,a,u){return i}}})};
