"use strict";exports.id=867,exports.ids=[867],exports.modules={867:((d,s,_)=>{_.d(s,{EventStreamSerde:()=>e.M3,eventStreamSerdeProvider:()=>e.J2});var e=_(902),t=_(370)})};
