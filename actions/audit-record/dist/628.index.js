"use strict";exports.id=628,exports.ids=[628],exports.modules={628:((r,d,e)=>{e.d(d,{EventStreamSerde:()=>s.s22,eventStreamSerdeProvider:()=>s.s23});var s=e(84)})};
