"use strict";exports.id=989,exports.ids=[989],exports.modules={989:((n,i,s)=>{s.r(i),s.d(i,{describeOnly:()=>d.SB,readDefinition:()=>d.Ud,toTaskDefinitionInput:()=>d._U});var d=s(530)})};
