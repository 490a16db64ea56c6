"use strict";exports.id=117,exports.ids=[117],exports.modules={117:((n,i,s)=>{s.r(i),s.d(i,{describeOnly:()=>d.s193,readDefinition:()=>d.s194,toTaskDefinitionInput:()=>d.s195});var d=s(259)})};
