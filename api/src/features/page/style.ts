// The one style sheet of the page: by day and by night, from a phone to a desk.
import { narrowAspect } from "./labels.ts";
import { ids } from "./script.ts";

export const style = `:root{color-scheme:light dark;--paper:#eef2f8;--card:#fff;--ink:#17203a;--soft:#465270;--line:#cfd7e6;--link:#1a4fc4;--warn:#a8201a;--good:#1b6b3a;--accent:#17203a;--on-accent:#fff}
@media (prefers-color-scheme:dark){:root{--paper:#0b1020;--card:#151c32;--ink:#e9edf8;--soft:#b0bad2;--line:#313c5c;--link:#a5beff;--warn:#ffa49c;--good:#8fdcab;--accent:#e9edf8;--on-accent:#0b1020}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Hiragino Sans","Noto Sans JP","Noto Sans CJK JP",sans-serif;overflow-wrap:anywhere}
body::before{content:"";display:block;height:.4rem;background:linear-gradient(90deg,#e5383b,#f3722c,#f9c74f,#43aa8b,#277da1,#6a4c93)}
header,main,footer{max-width:68rem;margin:0 auto;padding:0 1rem}
header{display:flex;justify-content:space-between;align-items:center;gap:1rem;padding-top:.7rem;padding-bottom:.4rem}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible,button:focus-visible,main:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:.2rem}
header a,.tools a,button{display:inline-block;padding:.35rem 0;min-height:1.5rem}
.brand{font-weight:700;margin:0}
.brand a{color:inherit;text-decoration:none}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.8rem;background:var(--card);padding:.3rem .6rem;z-index:1}
p{margin:.35rem 0}
h1{font-size:clamp(1.55rem,1.1rem + 2vw,2.3rem);line-height:1.2;margin:.2rem 0 .4rem;text-wrap:balance;word-break:auto-phrase}
h2{font-size:1.05rem;margin:0 0 .5rem}
small,.soft,figcaption,.where{color:var(--soft)}
small,figcaption{font-size:.875rem}
.chance{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 .8rem}
.chance b{font-size:clamp(2.2rem,1.6rem + 3vw,3.6rem);line-height:1.1;font-variant-numeric:tabular-nums}
.tools{display:flex;flex-wrap:wrap;align-items:center;gap:.2rem 1rem}
button{font:inherit;font-weight:600;color:var(--on-accent);background:var(--accent);border:0;border-radius:2rem;padding:.45rem 1.1rem;cursor:pointer}
button:disabled{cursor:progress}
#place-status{min-height:1.55em}
figure{margin:.4rem 0 1.2rem}
figure svg{display:block;width:100%;height:auto;border-radius:.9rem}
figure svg text{font-family:inherit;font-weight:600}
figcaption{margin-top:.4rem}
.cards{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,15rem),1fr))}
.cards section{min-width:0;background:var(--card);border:1px solid var(--line);border-radius:.9rem;padding:1rem 1.1rem}
.big::first-letter{text-transform:uppercase}
.big{font-size:1.5rem;font-weight:700;line-height:1.25;margin:0 0 .3rem}
dl{display:grid;grid-template-columns:1fr auto;gap:.15rem 1rem;margin:0 0 .5rem}
dt{color:var(--soft)}
dd{margin:0;text-align:right;font-variant-numeric:tabular-nums}
ul{margin:.3rem 0;padding-left:1.1rem}
#offline{display:none;background:var(--card);border:1px solid var(--warn);border-radius:.6rem;padding:.4rem .8rem}
[data-offline] #offline{display:block}
.wide{margin-top:1rem}
.map{display:flex;flex-direction:column}
#map{flex:1;min-height:clamp(20rem,60vh,28rem);border:1px solid var(--line);border-radius:.9rem;background:var(--card);z-index:0}
.map :is(.leaflet-control-attribution,.leaflet-popup-content-wrapper,.leaflet-popup-tip,.leaflet-bar a){background:var(--card);color:var(--ink)}
.map :is(.leaflet-control-attribution,.leaflet-popup-content) a{color:var(--link)}
#map:focus-visible,#map :focus-visible{outline:3px solid var(--link);outline-offset:2px}
.map-label span{position:absolute;transform:translate(-50%,-50%);white-space:nowrap;font-size:.85rem;color:var(--ink);background:var(--card);border-radius:.3rem;padding:0 .25rem}
.map-town span{transform:translate(-50%,.9em)}
.map-bow{border:3px solid #e5383b;border-bottom:0;border-radius:1.5rem 1.5rem 0 0;box-shadow:inset 0 3px #f9c74f,inset 0 6px #277da1;background:var(--card)}
.photo{display:block;width:fit-content;margin:.3rem 0 .6rem}
.photo img{display:block;max-width:100%;height:auto;border-radius:.6rem;background:var(--line)}
table{border-collapse:collapse;width:100%;font-size:.95rem}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}
#week~table th[scope=row]{white-space:nowrap}
footer{margin-top:2rem;padding-bottom:2rem;display:grid;gap:1.4rem}
.away{color:var(--warn);font-weight:600}
.healthy{color:var(--good)}
@media (max-width:39.99rem){figure svg{aspect-ratio:${narrowAspect}}.cut{display:none}}
@media (min-width:48rem){.wide:has(#week){grid-template-columns:1fr 2fr}}
@media (min-width:60rem){.answer{display:grid;grid-template-columns:1fr auto;align-items:end;column-gap:2rem}.tools{justify-content:end;max-width:24rem;text-align:right}}
@media (prefers-reduced-motion:no-preference){.bows{animation:appear 1.4s ease-out}}
@keyframes appear{from{opacity:0}}
@media (forced-colors:active){button{border:1px solid}}`;

/** For browsers that run no scripts: the button would do nothing, nor would the map. */
export const styleWithoutScript = `#${ids.button},#${ids.privacy},.map{display:none}`;
