import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { inParentheses, withFunctionsAtOnce } from "./bundle-at-once.ts";

const code =
  'const f=x=>x+1,g=async(a,{b=(1,2)}={})=>a+b,h=(...e)=>n=>e.length+n,k=[1].map((y=>y*2)),o={m(a){return a},p:()=>")"};' +
  "function d(z){return f(z)}result=[f(1),h(1,2)(3),k[0],o.m(5),o.p(),d(6)];";

const rangeOf = (text: string): [number, number] => [code.indexOf(text), code.indexOf(text) + text.length];

it("puts arrow functions into parentheses, and nothing else", () => {
  const functions = [
    "x=>x+1",
    "async(a,{b=(1,2)}={})=>a+b",
    "(...e)=>n=>e.length+n",
    "n=>e.length+n",
    "y=>y*2",
    "m(a){return a}",
    '()=>")"',
    "function d(z){return f(z)}",
  ].map(rangeOf);
  const changed = inParentheses(code, functions);
  expect(changed).toBe(
    'const f=(x=>x+1),g=(async(a,{b=(1,2)}={})=>a+b),h=((...e)=>(n=>e.length+n)),k=[1].map((y=>y*2)),o={m(a){return a},p:(()=>")")};' +
      "function d(z){return f(z)}result=[f(1),h(1,2)(3),k[0],o.m(5),o.p(),d(6)];",
  );
  const resultOf = (text: string) => (runInNewContext(`var result;${text};({result})`) as { result: unknown }).result;
  expect(resultOf(changed)).toEqual(resultOf(code));
});

it("takes those that are called until the first request", async () => {
  const script = 'const a=()=>1,b=()=>2,c=()=>3;a();setImmediate(()=>{b();require("http").request("http://x");c()});';
  expect(await withFunctionsAtOnce(script, "actions/rollback")).toBe(
    'const a=(()=>1),b=(()=>2),c=()=>3;a();setImmediate(()=>{b();require("http").request("http://x");c()});',
  );
});

it("leaves alone what need not call AWS, and refuses what should and does not", async () => {
  expect(await withFunctionsAtOnce("a=>1", "actions/smoke-test")).toBe("a=>1");
  await expect(withFunctionsAtOnce("const a=()=>1;", "actions/deploy")).rejects.toThrow(/ends without a call to AWS/);
});
