"use strict";exports.id=184,exports.ids=[184],exports.modules={184:((n,i,s)=>{s.r(i),s.d(i,{describeOnly:()=>d.s25,readDefinition:()=>d.s26,toTaskDefinitionInput:()=>d.s27});var d=s(712)})};
