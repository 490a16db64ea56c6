"use strict";exports.modules={108:((r,e,s)=>{s.d(e,{m:()=>i});var i=class{async sign(n,t,u){return n}}})};
