package millrace.bench;

import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.cep.functions.PatternProcessFunction;
import org.apache.flink.cep.nfa.compiler.NFACompiler;
import org.apache.flink.cep.operator.CepOperator;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.conditions.SimpleCondition;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.Collector;

/**
 * Many runs on one key of the real operator with heap state: n starts that wait for an end, or the 2^n combinations of n repeats.
 * A watermark follows each event.
 */
final class OneKey {
  private OneKey() {}

  static void run(String workload, int n) throws Exception {
    // Loads and compiles the operator's classes.
    feed(workload, 5);
    Clock clock = new Clock();
    clock.print(feed(workload, n));
  }

  private static long feed(String workload, int n) throws Exception {
    Pattern<Tick, Tick> pattern = Pattern.<Tick>begin("a").where(type(0));
    if (workload.equals("combinations")) pattern = pattern.oneOrMore().allowCombinations();
    pattern = pattern.followedBy("z").where(type(1));
    Count count = new Count();
    CepOperator<Tick, Integer, Long> operator =
        new CepOperator<>(
            TypeInformation.of(Tick.class).createSerializer(new SerializerConfigImpl()),
            false,
            NFACompiler.compileFactory(pattern, false),
            null,
            pattern.getAfterMatchSkipStrategy(),
            count,
            null);
    try (var harness =
        new KeyedOneInputStreamOperatorTestHarness<>(operator, tick -> tick.key, Types.INT)) {
      harness.open();
      for (int i = 1; i <= n + 1; i++) {
        harness.processElement(new StreamRecord<>(new Tick(0, i > n ? 1 : 0, i), i));
        harness.processWatermark(i);
      }
    }
    return count.matches;
  }

  private static SimpleCondition<Tick> type(int type) {
    return SimpleCondition.of(tick -> tick.type == type);
  }

  private static final class Count extends PatternProcessFunction<Tick, Long> {
    private transient long matches;

    @Override
    public void processMatch(Map<String, List<Tick>> match, Context ctx, Collector<Long> out) {
      matches++;
    }
  }
}
