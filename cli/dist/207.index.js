"use strict";exports.id=207,exports.ids=[207],exports.modules={207:((r,d,e)=>{e.d(d,{EventStreamSerde:()=>s.s177,eventStreamSerdeProvider:()=>s.s178});var s=e(259)})};
