"use strict";exports.id=619,exports.ids=[619],exports.modules={619:((r,d,e)=>{e.d(d,{EventStreamSerde:()=>s.s167,eventStreamSerdeProvider:()=>s.s168});var s=e(379)})};
