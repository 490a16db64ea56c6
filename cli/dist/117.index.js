"use strict";exports.id=117,exports.ids=[117],exports.modules={117:((n,i,s)=>{s.r(i),s.d(i,{describeOnly:()=>d.s192,readDefinition:()=>d.s193,toTaskDefinitionInput:()=>d.s194});var d=s(259)})};
