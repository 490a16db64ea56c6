"use strict";exports.id=619,exports.ids=[619],exports.modules={619:((r,d,e)=>{e.d(d,{EventStreamSerde:()=>s.s166,eventStreamSerdeProvider:()=>s.s167});var s=e(379)})};
