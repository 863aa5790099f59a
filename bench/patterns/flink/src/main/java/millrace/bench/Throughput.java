package millrace.bench;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.cep.CEP;
import org.apache.flink.cep.PatternStream;
import org.apache.flink.cep.functions.PatternProcessFunction;
import org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.conditions.SimpleCondition;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/** An embedded cluster of parallelism 1, heap state, no checkpoints; the clock starts at the first event. */
final class Throughput {
  private static final AtomicLong OUTPUTS = new AtomicLong();
  private static volatile Clock clock;

  private Throughput() {}

  static void run(String workload, boolean processingTime, int events) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
    env.getConfig().enableObjectReuse();
    PatternStream<Tick> found =
        CEP.pattern(
            env.fromSequence(0, events - 1)
                .map(Throughput::tick)
                .returns(Tick.class)
                .assignTimestampsAndWatermarks(
                    WatermarkStrategy.<Tick>forMonotonousTimestamps()
                        .withTimestampAssigner((tick, before) -> tick.timestamp))
                .keyBy(tick -> tick.key),
            pattern(workload));
    if (processingTime) found = found.inProcessingTime();
    found.process(new Count(), Types.LONG).sinkTo(new DiscardingSink<>());
    env.execute();
    clock.print(OUTPUTS.get());
  }

  private static Tick tick(long i) {
    if (i == 0) clock = new Clock();
    return Tick.of(i);
  }

  /** 0, then 1 (once, or in a loop), then 2, relaxed, within 20 s, skipping past the last event. */
  private static Pattern<Tick, ?> pattern(String workload) {
    Pattern<Tick, Tick> pattern =
        Pattern.<Tick>begin("a", AfterMatchSkipStrategy.skipPastLastEvent())
            .where(type(0))
            .followedBy("b")
            .where(type(1));
    if (workload.equals("loop")) pattern = pattern.oneOrMore();
    return pattern.followedBy("c").where(type(2)).within(Duration.ofSeconds(20));
  }

  private static SimpleCondition<Tick> type(int type) {
    return SimpleCondition.of(tick -> tick.type == type);
  }

  private static final class Count extends PatternProcessFunction<Tick, Long> {
    @Override
    public void processMatch(Map<String, List<Tick>> match, Context ctx, Collector<Long> out) {
      out.collect(OUTPUTS.incrementAndGet());
    }
  }
}
