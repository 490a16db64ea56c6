"use strict";exports.id=824,exports.ids=[824],exports.modules={824:((d,_,s)=>{s.d(_,{checkDefinition:()=>e.Q});var e=s(463)})};
