"use strict";exports.id=903,exports.ids=[903],exports.modules={903:((n,i,s)=>{s.r(i),s.d(i,{describeOnly:()=>d.s173,readDefinition:()=>d.s174,toTaskDefinitionInput:()=>d.s175});var d=s(379)})};
