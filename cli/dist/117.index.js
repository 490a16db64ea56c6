"use strict";exports.id=117,exports.ids=[117],exports.modules={117:((n,i,s)=>{s.r(i),s.d(i,{describeOnly:()=>d.s195,readDefinition:()=>d.s196,toTaskDefinitionInput:()=>d.s197});var d=s(259)})};
