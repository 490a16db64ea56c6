"use strict";exports.id=101,exports.ids=[101],exports.modules={101:((d,s,_)=>{_.d(s,{EventStreamSerde:()=>e.M3,eventStreamSerdeProvider:()=>e.J2});var e=_(902),t=_(93)})};
