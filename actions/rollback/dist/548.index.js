"use strict";exports.id=548,exports.ids=[548],exports.modules={548:((s,r,e)=>{e.d(r,{EventStreamSerde:()=>d.M3,eventStreamSerdeProvider:()=>d.J2});var d=e(902)})};
