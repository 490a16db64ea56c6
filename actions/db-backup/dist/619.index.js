"use strict";exports.id=619,exports.ids=[619],exports.modules={619:((d,s,_)=>{_.d(s,{EventStreamSerde:()=>e.M3,eventStreamSerdeProvider:()=>e.J2});var e=_(106),t=_(370)})};
