// Numbers as text, by the rules of lstm_view/text/numbers.py: rounded half away from zero, from the shortest decimal that
// is the same float64; what is not 0 is never written 0, what is not the whole never 1 or 100 %.  tests/numbers.json holds
// both to the same cases.

const MINUS = "\u2212";

const say = (() => {
  const LARGE = 4, SMALL = -3; // powers of ten: from here on, and below, a power is easier to read

  /** A whole number, with commas between its thousands. */
  function count(value) {
    return String(value).replace("-", MINUS).replace(/\B(?=(\d{3})+$)/g, ",");
  }

  /** A value with so many decimals; where these would say 0 of what is not, 0.004 or 4e−5. */
  function number(value, decimals = 2) {
    if (!Number.isFinite(value)) return endless(value);
    const exact = decimal(value), rounded = roundedTo(exact, -decimals);
    const large = leading(exact) >= LARGE || leading(rounded) >= LARGE;
    if (value && !rounded.digits && leading(exact) >= SMALL) return plain(significant(exact, 1));
    return large || (value && !rounded.digits) ? power(exact, large ? 1 : Math.max(0, decimals - 2)) : written(rounded);
  }

  /** A value of any size with so many significant digits, 0.0312, or as a power of ten, 3.1e−9, with one fewer. */
  function amount(value, digits = 3) {
    if (!value || !Number.isFinite(value)) return endless(value);
    const exact = decimal(value), rounded = significant(exact, digits), first = leading(rounded);
    if (first < SMALL || first >= LARGE) return power(exact, Math.max(0, digits - 2));
    return written(first >= digits ? roundedTo(exact, 0) : rounded);
  }

  /** The same with its sign, + too. */
  function signed(value, digits = 3) {
    return (value > 0 ? "+" : "") + amount(value, digits);
  }

  /** A fraction of a whole with so many significant digits: more where these would say 0 or 1 of what is not. */
  function share(value, digits = 3) {
    return beside(value, 0, digits);
  }

  /** A fraction as a percentage, without the sign: 85.8, 99.975, 0.0012; 0 and 100 only where it is 0 or 1. */
  function percent(value, digits = 3) {
    return beside(value, 2, digits);
  }

  /** How many times as large, with so many significant digits: more where these would say 1 of what is not. */
  function ratio(value, digits = 2) {
    return beside(value, 0, digits);
  }

  /**
   * A number as it stands in a square: two decimals, fewer of what is large, and a power of ten, 4e−3, where these would
   * say 0 of what is not; signed unless it is a gate.  Of a gradient 0 is "0", and what is small always a power.
   * decimals: of a power of ten, where there is room.
   */
  function printed(value, scale = "state", decimals = 0) {
    if (!Number.isFinite(value)) return endless(value);
    const exact = decimal(value), gradient = scale === "gradient";
    if (gradient && !value) return "0";
    const [whole, tenths, rounded] = [0, -1, -2].map((last) => roundedTo(exact, last));
    const brief = gradient ? leading(exact) < -2 || leading(whole) > 2 : !rounded.digits && value !== 0;
    const text = brief || leading(whole) >= LARGE ? power(exact, decimals)
      : written(leading(rounded) < 1 ? rounded : leading(tenths) < 2 ? tenths : whole);
    return scale === "gate" || value <= 0 ? text : `+${text}`;
  }

  /** A number on an axis, or one that was set: so many significant digits, without zeros at its end. */
  function mark(value, digits = 3) {
    if (!value || !Number.isFinite(value)) return endless(value);
    const exact = decimal(value), rounded = significant(exact, digits), first = leading(rounded);
    if (first < SMALL || first >= LARGE) return power(exact, digits - 1);
    return plain(first >= digits ? roundedTo(exact, 0) : rounded);
  }

  /** A text with its {places} filled in; {steps:step|steps} is the word that goes with a number. */
  function filled(text, places) {
    return text.replace(/\{(\w+)(?::([^{}|]*)\|([^{}|]*))?\}/g, (_, name, one, more) => {
      const said = String(places[name]);
      return one === undefined ? said : said === "1" ? one : more;
    });
  }

  /** A finite value as its shortest decimal: its sign, its digits as a whole number, the power of ten of the last. */
  function decimal(value) {
    const [, minus, whole, part = "", exponent = 0] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
    return { minus: minus !== "", digits: BigInt(whole + part), exponent: Number(exponent) - part.length };
  }

  /** The power of ten of the first digit. */
  function leading({ digits, exponent }) {
    return String(digits).length - 1 + exponent;
  }

  /** Rounded to a power of ten, half away from zero; with zeros where it had fewer digits. */
  function roundedTo({ minus, digits, exponent }, last) {
    const over = last - exponent;
    if (over > String(digits).length) return { minus, digits: 0n, exponent: last };
    if (over <= 0) return { minus, digits: digits * 10n ** BigInt(-over), exponent: last };
    const unit = 10n ** BigInt(over);
    return { minus, digits: (2n * digits + unit) / (2n * unit), exponent: last };
  }

  /** Rounded to so many significant digits, which may carry into one more place: 9.996 is 10.0, not 10.00. */
  function significant(exact, digits) {
    const rounded = roundedTo(exact, leading(exact) - digits + 1);
    return roundedTo(exact, leading(rounded) - digits + 1);
  }

  /** A share of 10^whole, in its units, with so many digits, two of what it lacks of the whole among them. */
  function beside(value, whole, digits) {
    if (!value || !Number.isFinite(value)) return endless(value);
    const found = decimal(value), exact = { ...found, exponent: found.exponent + whole }, first = leading(exact);
    if (first < SMALL || first >= LARGE) return power(exact, 1);
    const last = Math.min(exact.exponent, 0), of = (exact.minus ? -1n : 1n) * exact.digits * 10n ** BigInt(exact.exponent - last);
    const rest = 10n ** BigInt(whole - last) - of, lacks = { digits: rest < 0n ? -rest : rest, exponent: last };
    return plain(roundedTo(exact, Math.min(first - digits + 1, rest ? leading(lacks) - 1 : Infinity)));
  }

  /** One digit before the point and at most so many after it, times a power of ten. */
  function power(exact, decimals) {
    const rounded = significant(exact, decimals + 1), first = leading(rounded);
    return `${plain({ ...rounded, exponent: rounded.exponent - first })}e${String(first).replace("-", MINUS)}`;
  }

  /** A decimal without zeros at its end. */
  function plain(exact) {
    const text = written(exact);
    return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  }

  /** All digits of a decimal; 0 has no sign. */
  function written({ minus, digits, exponent }) {
    const all = String(digits * 10n ** BigInt(Math.max(0, exponent))).padStart(1 - exponent, "0");
    const point = all.length + Math.min(0, exponent);
    return (minus && digits ? MINUS : "") + all.slice(0, point) + (exponent < 0 ? `.${all.slice(point)}` : "");
  }

  /** 0, or what is no finite number. */
  function endless(value) {
    return Number.isNaN(value) ? "NaN" : value ? `${value < 0 ? MINUS : ""}\u221e` : "0";
  }

  return { count, number, amount, signed, share, percent, ratio, printed, mark, filled };
})();
