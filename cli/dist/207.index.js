"use strict";exports.id=207,exports.ids=[207],exports.modules={207:((r,d,e)=>{e.d(d,{EventStreamSerde:()=>s.s175,eventStreamSerdeProvider:()=>s.s176});var s=e(259)})};
