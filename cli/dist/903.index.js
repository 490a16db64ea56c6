"use strict";exports.id=903,exports.ids=[903],exports.modules={903:((n,i,s)=>{s.r(i),s.d(i,{describeOnly:()=>d.s172,readDefinition:()=>d.s173,toTaskDefinitionInput:()=>d.s174});var d=s(379)})};
