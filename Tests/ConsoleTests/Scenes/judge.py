"""What is wrong with a page for who cannot see it well, or uses no mouse: names, contrast, sizes, width."""

JUDGE = """
const faults = [];
const visible = (e) => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) && e.getClientRects().length > 0;
const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return {r: m[0], g: m[1], b: m[2], a: m[3] ?? 1}; };
const over = (t, b) => ({r: t.r * t.a + b.r * (1 - t.a), g: t.g * t.a + b.g * (1 - t.a), b: t.b * t.a + b.b * (1 - t.a), a: 1});
const light = ({r, g, b}) => { const f = (v) => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
  return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
const ground = (e) => { const layers = []; for (let n = e; n; n = n.parentElement) { const s = getComputedStyle(n);
    if (s.backgroundImage !== 'none' && s.backgroundImage.includes('gradient')) { layers.push(parse(s.backgroundImage.match(/rgba?\\([^)]*\\)/)[0])); break; }
    const c = parse(s.backgroundColor); if (c.a > 0) { layers.push(c); if (c.a === 1) break; } }
  return layers.reverse().reduce((b, t) => over(t, b), {r: 255, g: 255, b: 255, a: 1}); };
const name = (e) => { if (e.getAttribute('aria-label')) return e.getAttribute('aria-label');
  const by = e.getAttribute('aria-labelledby'); if (by) return by.split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
  // A picture in a label says its alternative text (accname 1.2, 2F).
  const words = (l) => [l.textContent, ...[...l.querySelectorAll('img')].map((i) => i.alt)].join(' ');
  if (e.labels?.length) return [...e.labels].map(words).join(' ');
  return (e.textContent || e.getAttribute('alt') || e.getAttribute('title') || '').trim(); };
for (const e of document.querySelectorAll('button, a[href], input, select, textarea, summary, meter, [role=group], [role=region], section')) {
  if (e.type === 'hidden' || e.getAttribute('aria-hidden') || !visible(e)) continue;
  if (!name(e).trim()) faults.push('no name: ' + e.outerHTML.slice(0, 120)); }
for (const e of document.querySelectorAll('img')) if (!e.hasAttribute('alt')) faults.push('no alt: ' + e.src);
const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) faults.push('twice: #' + id);
for (const e of document.querySelectorAll('[aria-describedby], [aria-labelledby], label[for]'))
  for (const id of (e.getAttribute('aria-describedby') ?? e.getAttribute('aria-labelledby') ?? e.getAttribute('for')).split(' '))
    if (!document.getElementById(id)) faults.push('names nothing: ' + id);
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let n = walker.nextNode(); n; n = walker.nextNode()) { const e = n.parentElement;
  if (!n.textContent.trim() || !visible(e) || e.closest('.unseen, .skips, noscript, svg, option, [disabled]')) continue;
  const s = getComputedStyle(e), back = ground(e), front = over(parse(s.color), back);
  const [a, b] = [light(front), light(back)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
  const large = parseFloat(s.fontSize) >= 24 || (parseFloat(s.fontSize) >= 18.66 && Number(s.fontWeight) >= 700);
  if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)}: "${n.textContent.trim().slice(0, 40)}" in ${e.tagName}.${e.className}`); }
for (const e of document.querySelectorAll('button, a.button, select, .choice')) { if (!visible(e)) continue;
  const r = e.getBoundingClientRect(); if (r.width < 24 || r.height < 24) faults.push('too small: ' + e.outerHTML.slice(0, 80)); }
if (document.documentElement.scrollWidth > document.documentElement.clientWidth + 1) faults.push('the page is wider than the window: ' + document.documentElement.scrollWidth);
if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
if (!document.documentElement.lang) faults.push('no lang');
return [...new Set(faults)];
"""
