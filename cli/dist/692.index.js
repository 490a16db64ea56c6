"use strict";exports.id=692,exports.ids=[692],exports.modules={692:((d,_,s)=>{s.d(_,{checkDefinition:()=>e.Q});var e=s(58)})};
