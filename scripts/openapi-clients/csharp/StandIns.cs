// What the generated client uses of two libraries that Debian 12 has not: to compile against, never to run.
using System;
using System.Threading.Tasks;

namespace JsonSubTypes
{
    public class JsonSubtypes : Newtonsoft.Json.Converters.CustomCreationConverter<object>
    {
        public JsonSubtypes(string member) {}

        public override object Create(Type type) { throw new NotSupportedException(); }

        [AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
        public class KnownSubTypeAttribute : Attribute
        {
            public KnownSubTypeAttribute(Type type, object value) {}
        }
    }
}

namespace Polly
{
    public enum OutcomeType { Successful, Failure }

    public class PolicyResult<T>
    {
        public OutcomeType Outcome { get; set; }
        public T Result { get; set; }
        public Exception FinalException { get; set; }
    }

    public interface ISyncPolicy<T>
    {
        PolicyResult<T> ExecuteAndCapture(Func<T> action);
    }

    public interface IAsyncPolicy<T>
    {
        Task<PolicyResult<T>> ExecuteAndCaptureAsync(Func<Task<T>> action);
    }
}
